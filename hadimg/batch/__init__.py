"""Many files: one plan, made and checked before the first picture is read; one run; one journal.

`make_plan` decides every name, `Recipe` says what is done to every picture, `run` does it and returns a `Summary`.
"""

from __future__ import annotations

from hadimg.batch.entries import Ignored, Job, Settled
from hadimg.batch.outcome import Outcome, Summary
from hadimg.batch.plan import Plan, make_plan
from hadimg.batch.recipe import MaskSource, Recipe
from hadimg.batch.runner import run

__all__ = ["Ignored", "Job", "MaskSource", "Outcome", "Plan", "Recipe", "Settled", "Summary", "make_plan", "run"]
