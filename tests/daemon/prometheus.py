# SPDX-License-Identifier: BSD-3-Clause
"""Reads metrics in Prometheus' text form, version 0.0.4, and fails for what Prometheus would not take, or
what its conventions do not allow."""
import re

NAME = re.compile(r'[a-zA-Z_:][a-zA-Z0-9_:]*')
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\n"])*)"(,|(?=}))')
ESCAPES = {'\\\\': '\\', '\\n': '\n', '\\"': '"'}


def labels(text, line):
    """The labels in '{...}', and what stands behind it."""
    found, at = {}, 1
    while text[at] != '}':
        m = LABEL.match(text, at)
        assert m, line
        assert m[1] not in found, line
        found[m[1]] = re.sub(r'\\[\\n"]', lambda e: ESCAPES[e[0]], m[2])
        at = m.end()
    return found, text[at + 1:]


def read(text):
    """{name: (type, {(label, value)...: number})}"""
    assert text.endswith('\n')
    found, current = {}, None
    lines = iter(text[:-1].split('\n'))
    for line in lines:
        if line.startswith('#'):
            current = re.fullmatch(r'# HELP (\S+) (\S.*)', line)[1]
            assert NAME.fullmatch(current) and current not in found, line
            kind = re.fullmatch(rf'# TYPE {current} (counter|gauge)', next(lines))[1]
            assert (kind == 'counter') == current.endswith('_total'), line
            found[current] = kind, {}
            continue
        name = NAME.match(line)[0]
        assert name == current, f'{line}: not below its TYPE'
        rest, own = line[len(name):], {}
        if rest.startswith('{'):
            own, rest = labels(rest, line)
        value = re.fullmatch(r' (\d+(?:\.\d+)?)', rest)
        assert value, line
        key = frozenset(own.items())
        assert key not in found[name][1], f'{line}: twice'
        found[name][1][key] = float(value[1])
    assert all(samples for _, samples in found.values())
    return found
