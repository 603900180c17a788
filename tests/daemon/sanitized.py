# SPDX-License-Identifier: BSD-3-Clause
"""Of a program: whether it was built with sanitizers, which want more memory and have no filter of system calls."""


def sanitized(path):
    with open(path, 'rb') as f:
        return b'__asan_init' in f.read()
