"""LPIPS with the features of AlexNet."""

from restorekit.metrics._lpips import metric

METRIC = metric("alex", weights="alexnet", title="perceptual distance, AlexNet", smallest=31)
