"""What evolves: programs as text."""
