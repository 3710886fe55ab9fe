"""LPIPS with the features of SqueezeNet."""

from restorekit.metrics._lpips import metric

METRIC = metric(
    "squeeze", weights="squeezenet1-1", title="perceptual distance, SqueezeNet", smallest=17
)
