"""Rehearsal: the hotline's house and a town of callers on one clock, played from a script.

Nothing is passed aside: callers hear and key over the line alone.
"""

from telcard.rehearsal.scenes import SCENES, Scene
from telcard.rehearsal.stage import SAMPLE_PINS, Stage, set_stage

__all__ = ["SAMPLE_PINS", "SCENES", "Scene", "Stage", "set_stage"]
