"""How much memory a process has, where the platform tells."""

from __future__ import annotations

from pathlib import Path


def resident_bytes(pid: int) -> int | None:
    """Resident memory of a process in bytes (``VmRSS`` of Linux's ``/proc``).

    None where there is no such process, or the platform has no ``/proc``.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text("ascii", "replace")
    except OSError:
        return None
    fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    amount, _, unit = fields.get("VmRSS", "").strip().partition(" ")
    return 1024 * int(amount) if amount.isdigit() and unit == "kB" else None


def memory_text(size: int) -> str:
    """*812 MB*, *1.4 GB*; of 1000² and 1000³ bytes."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
