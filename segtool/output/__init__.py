"""What a run shows and leaves behind; nothing is computed here."""
