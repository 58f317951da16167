"""What a run found, in numbers: facts that every renderer reads."""
