"""Rehearsal: a town of callers on one clock with the hotline's house, or with a flow of yours.

Nothing is passed aside: callers hear and key over the line alone.
"""

from telcard.rehearsal.load import LoadReport, Profile, play_load
from telcard.rehearsal.scenes import AGENT, SCENES, WITH_AN_AGENT, Scene
from telcard.rehearsal.stage import SAMPLE_PINS, Stage, set_stage
from telcard.rehearsal.trial import Trial, try_flow, try_town

__all__ = [
    "AGENT",
    "SAMPLE_PINS",
    "SCENES",
    "WITH_AN_AGENT",
    "LoadReport",
    "Profile",
    "Scene",
    "Stage",
    "Trial",
    "play_load",
    "set_stage",
    "try_flow",
    "try_town",
]
