"""LPIPS with the features of VGG16."""

from restorekit.metrics._lpips import metric

METRIC = metric("vgg", weights="vgg16", title="perceptual distance, VGG16", smallest=16)
