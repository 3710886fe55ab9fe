"""Many photos: plan, queue, resume, report."""
