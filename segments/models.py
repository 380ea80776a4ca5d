"""Where Django finds this app's tables."""
