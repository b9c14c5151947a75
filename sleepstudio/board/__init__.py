"""The board: its probe, the link to it, the protocol, the live session, the virtual board."""
