"""Runs what nobody has read: a candidate, in a process of its own that sees and reaches nothing else."""

from .faults import CandidateFault
from .layers import Layer, Layers, Missing, available
from .program import Completed, Program, Usage
from .sandbox import Sandbox

__all__ = ["CandidateFault", "Completed", "Layer", "Layers", "Missing", "Program", "Sandbox", "Usage", "available"]
