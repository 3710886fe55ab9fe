"""What training makes small: one file for each loss, whose name recipes weigh it by.

Each defines ``LOSS``: from the restored and the true pictures, ``(N, C, H, W)`` in ``[0, 1]``, to
one number.
"""
