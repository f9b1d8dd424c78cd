"""Text made from data: plots, lines, tables. No widgets: what is drawn here can be looked at without a screen."""
