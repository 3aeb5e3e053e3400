"""DTMF talk-off: false digits in speech and music, ours and the peers side by side.

    python benchmarks/quality_dtmf_talk_off.py                  # over three hours, at two levels
    python benchmarks/quality_dtmf_talk_off.py --warp           # at 17 speeds: some 50 hours
    python benchmarks/quality_dtmf_talk_off.py --detector module:callable FOLDER ...

Takes the 8 kHz WAV files below the folders.  Without any: the prompts and the music of Debian's
asterisk-core-sounds-{en,es,fr,it,ru}-wav, asterisk-prompt-it-menardi-wav and
asterisk-moh-opsound-wav (CC-BY-SA), and Mandarin and Cantonese that espeak-ng speaks, as far as
they are installed.  Each recording is brought to -26 and to -16 dBm0 and goes through A-law.
--warp plays all of it at 0.70 to 1.50 of its own speed, pitch and all, at -16 dBm0.  A detector of
your own is plugged in as in quality_dtmf.py.
"""

from __future__ import annotations

import argparse
import io
import math
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray
from rich.progress import Progress

from telcard import units
from telcard.dsp.resample import Resampler

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run as a script
from tests.support import dtmf_peers
from tests.support.dtmf_exam import RATE, Sound, line, ours
from tests.support.dtmf_peers import Hears

USUAL = [Path("/usr/share/asterisk/sounds"), Path("/usr/share/asterisk/moh")]
SPOKEN = "espeak-ng"
"""Stands for a folder: what espeak-ng speaks."""

SENTENCES = (
    "您好，欢迎致电电话银行。普通话请按一，粤语请按二，转人工服务请按零。",
    "请输入您的十六位卡号，以井号键结束。如需重听，请按星号键。",
    "您的活期账户余额为三万五千八百六十二元七角四分。",
    "对不起，您输入的密码有误，请重新输入。为了您的账户安全，请勿向他人透露密码。",
    "转账金额为一千二百元，收款人账号尾号为零九四七，确认请按一，取消请按二。",
    "目前坐席全忙，您前面还有三位客户在等候，预计等待时间为四分钟。",
    "今天美元对人民币的汇率为七点一八，欧元为七点八三，日元为零点零四八。",
    "您最近一笔交易发生在十月二十九日下午五点四十五分，支出二百六十八元。",
    "信用卡还款日为每月十八号，本期最低还款额为四百五十元。",
    "挂失成功，原卡片已经停止使用，新卡将在七个工作日内寄到您的通讯地址。",
    "感谢您的来电，请对本次服务作出评价：非常满意请按一，满意请按二，不满意请按三。",
    "一二三四五六七八九十，百千万亿，春眠不觉晓，处处闻啼鸟，夜来风雨声，花落知多少。",
)
"""What a bank says on the telephone, and a poem."""

VOICES = [
    (voice, pitch, pace)
    for voice in ("cmn", "yue")
    for pitch, pace in ((20, 130), (40, 160), (60, 180), (80, 150), (99, 200))
]


def spoken() -> Iterator[NDArray[np.int16]]:
    """The sentences by each of the voices."""
    for voice, pitch, pace in VOICES:
        for sentence in SENTENCES:
            how = ["-v", voice, "-p", str(pitch), "-s", str(pace)]
            done = subprocess.run(
                [SPOKEN, *how, "--stdout", sentence], capture_output=True, check=True
            )
            pcm, rate = soundfile.read(io.BytesIO(done.stdout), dtype="int16")
            resampler = Resampler(rate)
            yield np.concatenate([resampler.process(pcm), resampler.flush()]).reshape(-1)


@cache
def recordings(folder: str) -> list[NDArray[np.int16]]:
    """All WAV files below a folder at 8 kHz, one channel; or what is spoken."""
    if folder == SPOKEN:
        return list(spoken())
    sounds = []
    for path in sorted(Path(folder).rglob("*.wav")):
        pcm, rate = soundfile.read(path, dtype="int16", always_2d=True)
        if rate == RATE and len(pcm) > RATE // 4:
            sounds.append(pcm[:, 0])
    return sounds


def warped(pcm: NDArray[np.int16], speed: float) -> Sound:
    """Played faster or slower, pitch and all (linear interpolation is enough to test with)."""
    if speed == 1:
        return pcm.astype(np.float64)
    places = np.arange(0, len(pcm) - 1, speed)
    return np.interp(places, np.arange(len(pcm)), pcm.astype(np.float64))


@dataclass(frozen=True)
class Job:
    """A folder at one level and speed."""

    folder: str
    level_dbm0: float
    speed: float


def available(own: str | None) -> dict[str, Hears]:
    """The detectors by name, and one's own first."""
    detectors: dict[str, Hears] = {own: dtmf_peers.plugged_in(own)} if own else {}
    detectors |= {"ours": ours, **dtmf_peers.available()}
    detectors.pop("multimon-ng", None)  # hears much in speech, and needs marks between the files
    return detectors


def false_digits(job: Job, own: str | None, only: str | None) -> tuple[float, dict[str, str]]:
    """Hours of the job's sound, and what each detector heard in it."""
    signals = []
    for pcm in recordings(job.folder):
        sound = warped(pcm, job.speed)
        rms = math.sqrt(float(np.mean(sound * sound))) or 1.0
        signals.append(line(sound * (units.dbm0_to_rms(job.level_dbm0) / rms)))
    heard = {
        name: "".join(h.digit for digits in hears(signals) for h in digits)
        for name, hears in available(own).items()
        if only in (None, name)
    }
    return sum(len(s) for s in signals) / RATE / 3600, heard


def main() -> None:
    """Print a row for each folder, level and speed that had a false digit, and the sums."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folders", nargs="*", metavar="FOLDER")
    parser.add_argument("--warp", action="store_true", help="at 0.70 to 1.50 of the speed")
    parser.add_argument("--only", metavar="DETECTOR", help="ours, spandsp ...")
    parser.add_argument("--detector", metavar="MODULE:CALLABLE", help="one of your own")
    parser.add_argument("--processes", type=int, default=1, choices=(1, 2))
    options = parser.parse_args()
    folders = options.folders or [str(folder) for folder in USUAL if folder.is_dir()]
    if not options.folders and shutil.which(SPOKEN):
        folders.append(SPOKEN)
    if not folders:
        sys.exit("no recordings: name a folder, or apt install asterisk-core-sounds-en-wav")
    speeds = [round(0.70 + 0.05 * i, 2) for i in range(17)] if options.warp else [1.0]
    levels = (-16.0,) if options.warp else (-26.0, -16.0)
    jobs = [Job(f, level, speed) for f in folders for level in levels for speed in speeds]
    names = [n for n in available(options.detector) if options.only in (None, n)]
    hours = dict.fromkeys(folders, 0.0)
    false = {(folder, name): 0 for folder in folders for name in names}
    with ProcessPoolExecutor(options.processes) as pool, Progress(transient=True) as progress:
        done = [pool.submit(false_digits, job, options.detector, options.only) for job in jobs]
        for job, future in zip(progress.track(jobs, description="listening"), done, strict=True):
            some, heard = future.result()
            hours[job.folder] += some
            for name, digits in heard.items():
                false[job.folder, name] += len(digits)
                if digits:
                    print(f"{name}: {job.folder}, {job.level_dbm0:g} dBm0, x{job.speed}: {digits}")
    print(f"\n| false digits in | hours | {' | '.join(names)} |")
    print("| --- | --- |" + " --- |" * len(names))
    for folder in folders:
        cells = " | ".join(str(false[folder, name]) for name in names)
        print(f"| {folder} | {hours[folder]:.1f} | {cells} |")
    sums = (str(sum(false[folder, name] for folder in folders)) for name in names)
    print(f"| all | {sum(hours.values()):.1f} | {' | '.join(sums)} |")


if __name__ == "__main__":
    main()
