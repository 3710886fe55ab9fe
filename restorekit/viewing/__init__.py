"""Pictures to look at: a page with sliders, plots, and a sheet of crops beside one another."""
