"""What the trials mean: query language, columns, ranking, series for plots, the pandas frame."""
