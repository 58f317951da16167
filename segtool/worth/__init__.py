"""What customers are worth: past and expected value, and whether segments and campaigns kept what they promised."""
