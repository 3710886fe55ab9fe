"""Training: a recipe, photos and a loop that can be stopped, resumed and looked at."""
