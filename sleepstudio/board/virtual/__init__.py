"""The virtual board: the very firmware image that would be flashed, on an emulated chip."""

from sleepstudio.board.virtual.board import VirtualBoard, VirtualFacts

__all__ = ["VirtualBoard", "VirtualFacts"]
