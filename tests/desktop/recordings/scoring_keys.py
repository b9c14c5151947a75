"""Twenty epochs as they are typed, and how long a test waits."""

from sleepstudio.hypnogram import Stage

PATIENCE_MS = 30_000
TWENTY = "W122233322211RRRRW12"
STAGE_OF_KEY = {"W": Stage.W, "1": Stage.N1, "2": Stage.N2, "3": Stage.N3, "R": Stage.R}
