"""What spoils photos: one file for each degradation, and chains of them written as one line.

::

    recipe = parse("motion_blur(15)|gaussian_noise([5, 50])|jpeg(40)")
    chain = recipe.draw(np.random.default_rng(7))   # every parameter and seed is settled
    degraded = chain(image)                         # applied: the same each time
    str(chain)                                      # the text from which it is made again
"""

from __future__ import annotations

from restorekit.degradations._chain import Chain, Recipe, family, names, parse
from restorekit.degradations._step import Blur
from restorekit.degradations._told import psf_of, sigma_of

__all__ = ["Blur", "Chain", "Recipe", "family", "names", "parse", "psf_of", "sigma_of"]
