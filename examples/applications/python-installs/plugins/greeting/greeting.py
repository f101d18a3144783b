TEXT = "Good morning"
