"""Plans maintenance windows, holds them against what was promised, and remembers who was told."""
