"""Sound as numbers: coders, meters, tones and their detectors.

    from telcard.dsp import detect_dtmf, g711, level, tones

    pcm = tones.dtmf("0815#")           # int16 at 8 kHz
    octets = g711.encode_alaw(pcm)      # what an E1 carries
    level.level_dbm0(pcm)               # how loud it is
    detect_dtmf(pcm)                    # [DtmfEvent(digit='0', start=0, frames=640, ...), ...]

The modules: `g711`, `adpcm` and `g726` code, `tones` sends, `dtmf` hears digits,
`level` measures, `pcm` converts, `bitpack` puts codes of a few bits into octets, `copper` does to
sound what a subscriber's own line does, `resample` brings other samplerates to 8 kHz, `simd` tells
which instructions are used.
`pulses` hears a rotary dial, `steady` tones, whatever they mean,
`templates` those that you define.
Of modems: `fsk` has the slow ones, `faxmodem` the fast ones of fax machines, `datalink` carries
octets over a line with two.
`dtmf_profiles` has the limits that `dtmf` keeps, by administration.
Of voices: `vad` hears speech, `agc` levels it, `noise` takes noise away or makes it,
`echo` takes echo out, `plc` bridges losses, `tempo` makes it faster or slower, `adjustment` has
tables of speeds and volumes, `hops` cuts streams into whole hops of 10 ms.
Of exchanges and faxes: `mf` sends and hears R1, R2 and signalling tones, `fax_tones` CNG, answer
tones and preambles, and when echo cancellers have to cease.
Of calls: `call_progress` follows one, `cadence` knows a country's tones, `sit` special information,
`music` tells music from talk, `progress` has the rules, `progress_inputs` what they are told.

Linear sound (PCM) is int16, or float32 in -1..1, in anything that has a buffer; its shape is
`(frames,)` or `(frames, channels)`.  Streams are objects with `process(block)` and `flush()`, and
give the same samples however the stream is cut; one-shot functions stand beside them.
"""

from telcard.dsp import (
    adjustment,
    adpcm,
    agc,
    bitpack,
    cadence,
    call_progress,
    copper,
    datalink,
    dtmf,
    dtmf_profiles,
    echo,
    fax_tones,
    faxmodem,
    fsk,
    g711,
    g726,
    hops,
    level,
    mf,
    music,
    noise,
    pcm,
    plc,
    progress,
    progress_inputs,
    pulses,
    resample,
    simd,
    sit,
    steady,
    templates,
    tempo,
    tones,
    vad,
)
from telcard.dsp.agc import Agc, AgcProfile, level_talk
from telcard.dsp.call_progress import CallProgress, follow_call
from telcard.dsp.dtmf import DtmfDetector, DtmfEvent, detect_dtmf
from telcard.dsp.dtmf_profiles import DtmfProfile
from telcard.dsp.echo import EchoCanceller, EchoEvent, EchoState, EchoStatistics
from telcard.dsp.fax_tones import (
    FaxToneDetector,
    FaxToneEvent,
    FaxToneProfile,
    ToneDisabler,
    detect_fax_tones,
)
from telcard.dsp.faxmodem import FaxReceiver, FaxTransmitter, fax_carrier, fax_octets
from telcard.dsp.mf import MfDetector, MfEvent, MfProfile, detect_mf, mf_profile
from telcard.dsp.music import MusicMeter, MusicReading
from telcard.dsp.noise import ComfortNoise, NoiseSuppressor, suppress_noise
from telcard.dsp.plc import Concealer
from telcard.dsp.progress import Progress, ProgressEvent, ProgressProfile
from telcard.dsp.steady import SteadyDetector, SteadyProfile, SteadyTone, detect_steady
from telcard.dsp.templates import TemplateDetector, TemplateEvent, ToneBurst, ToneTemplate
from telcard.dsp.tempo import Tempo, change_tempo
from telcard.dsp.vad import SpeechEvent, VoiceDetector, VoiceProfile, detect_voice

__all__ = [
    "Agc",
    "AgcProfile",
    "CallProgress",
    "ComfortNoise",
    "Concealer",
    "DtmfDetector",
    "DtmfEvent",
    "DtmfProfile",
    "EchoCanceller",
    "EchoEvent",
    "EchoState",
    "EchoStatistics",
    "FaxReceiver",
    "FaxToneDetector",
    "FaxToneEvent",
    "FaxToneProfile",
    "FaxTransmitter",
    "MfDetector",
    "MfEvent",
    "MfProfile",
    "MusicMeter",
    "MusicReading",
    "NoiseSuppressor",
    "Progress",
    "ProgressEvent",
    "ProgressProfile",
    "SpeechEvent",
    "SteadyDetector",
    "SteadyProfile",
    "SteadyTone",
    "TemplateDetector",
    "TemplateEvent",
    "Tempo",
    "ToneBurst",
    "ToneDisabler",
    "ToneTemplate",
    "VoiceDetector",
    "VoiceProfile",
    "adjustment",
    "adpcm",
    "agc",
    "bitpack",
    "cadence",
    "call_progress",
    "change_tempo",
    "copper",
    "datalink",
    "detect_dtmf",
    "detect_fax_tones",
    "detect_mf",
    "detect_steady",
    "detect_voice",
    "dtmf",
    "dtmf_profiles",
    "echo",
    "fax_carrier",
    "fax_octets",
    "fax_tones",
    "faxmodem",
    "follow_call",
    "fsk",
    "g711",
    "g726",
    "hops",
    "level",
    "level_talk",
    "mf",
    "mf_profile",
    "music",
    "noise",
    "pcm",
    "plc",
    "progress",
    "progress_inputs",
    "pulses",
    "resample",
    "simd",
    "sit",
    "steady",
    "suppress_noise",
    "templates",
    "tempo",
    "tones",
    "vad",
]
