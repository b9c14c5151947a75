"""The Device panel: the board that stages sleep live."""
