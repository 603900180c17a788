# SPDX-License-Identifier: BSD-3-Clause
"""Virtual machines that boot an image: used by demo, by tests/vm and by bench."""
