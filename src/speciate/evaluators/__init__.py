"""Evaluators: `function` scores with a folder's evaluate.py; `cascade`, `repeat` and `cached` wrap any other."""
