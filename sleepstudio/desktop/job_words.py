"""A job in words: what it does, how far it is, how long it takes still."""

from __future__ import annotations

from typing import Final

from sleepstudio.desktop.job import Job

_STEPS: Final = {
    "feature": "{done} of {total} recordings",
    "simulate": "{done} of {total} nights",
    "train": "step {done:,} of {total:,}",
    "predict": "{done} of {total} recordings",
    "evaluate": "{done} of {total} recordings staged",
    "evaluate int8": "{done} of {total} recordings staged by int8",
    "export": "{done} of {total} models exported",
    "demo": "epoch {done} of {total}",
    "flash": "step {done} of {total}",
    "files": "{done:,} of {total:,} files",
    "download MB": "{done:,} of {total:,} MB",
    "download files": "{done:,} of {total:,} files",
}
_TIME_TO_PREPARE_S: Final = 4


def duration_text(seconds: float) -> str:
    """*8 s*, *3:10*, *1:02:40*."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def progress_text(job: Job) -> str:
    """What stands beside the bar: *18 of 31 recordings · 3 s left*."""
    if job.state == "queued":
        return "waiting"
    if job.state == "preparing":
        return f"Preparing, about {_TIME_TO_PREPARE_S} s"
    if job.state == "cancelling":
        return "Cancelling…"
    if job.state == "finished":
        failed = f" · {len(job.failed)} failed" if job.failed else ""
        return f"finished in {duration_text(job.elapsed_s)}{failed}"
    if job.state == "failed":
        return job.error.message.splitlines()[0] if job.error else "failed"
    if job.state == "cancelled":
        return "cancelled"
    if not job.total:
        return f"{duration_text(job.elapsed_s)} so far"
    left = f" · {duration_text(job.remaining_s)} left" if job.remaining_s is not None else ""
    return _step_text(job) + left


def _step_text(job: Job) -> str:
    epochs = job.request.configuration.get("epochs")
    if job.step == "train" and isinstance(epochs, int) and epochs > 0:
        return f"training epoch {min(epochs, job.done * epochs // job.total + 1)} of {epochs}"
    return _STEPS.get(job.step, "{done} of {total}").format(done=job.done, total=job.total)


def percent(job: Job) -> int | None:
    """0–100; None while there is nothing to measure."""
    return None if job.share is None or job.state == "preparing" else round(100 * job.share)
