# SPDX-License-Identifier: BSD-3-Clause
"""Reads docs/api/openapi.yaml and holds JSON values, and what a daemon answers, to its schemas.

Of YAML: block maps, block lists, text folded with '>-', and, on one line, flow maps and lists, plain
and single-quoted scalars. A comment is a line of its own.
"""
import contextlib
import json
import re

from connection import Connection

WORD = re.compile(r"'[^']*'|[{}\[\],:]|[^{}\[\],:']+")


def scalar(text):
    """A plain or quoted scalar, as Python has it."""
    if text.startswith("'"):
        return text[1:-1]
    return int(text) if re.fullmatch(r'-?\d+', text) else {'true': True, 'false': False}.get(text, text)


def flow(words):
    """Takes one value off a list of words."""
    word = words.pop(0)
    if word == '[':
        values = []
        while words[0] != ']':
            values.append(flow(words))
            if words[0] == ',':
                words.pop(0)
        words.pop(0)
        return values
    if word == '{':
        values = {}
        while words[0] != '}':
            key = words.pop(0)
            assert words.pop(0) == ':', words
            values[scalar(key)] = flow(words)
            if words[0] == ',':
                words.pop(0)
        words.pop(0)
        return values
    return scalar(word)


def inline(text):
    if text[0] not in '{[':
        return scalar(text)
    words = [w.strip() for w in WORD.findall(text) if w.strip()]
    value = flow(words)
    assert not words, text
    return value


def block(lines, indent):
    """The value whose lines, (indent, text), begin with this indent; takes them off the list."""
    values = [] if lines[0][1].startswith('- ') else {}
    while lines and lines[0][0] == indent:
        text = lines.pop(0)[1]
        if isinstance(values, list):
            assert text.startswith('- '), text
            if re.match(r"- [\w$]+: ", text):  # a map that begins on the dash's line
                lines.insert(0, (indent + 2, text[2:]))
                values.append(block(lines, indent + 2))
            else:
                values.append(inline(text[2:]))
            continue
        key, value = re.fullmatch(r"('[^']*'|[^:]+):(?: (.+))?", text).groups()
        if value == '>-':
            value = []
            while lines and lines[0][0] > indent:
                value.append(lines.pop(0)[1])
            value = ' '.join(value)
        else:
            value = inline(value) if value else block(lines, lines[0][0])
        assert scalar(key) not in values, text
        values[scalar(key)] = value
    assert not lines or lines[0][0] < indent, lines[0]
    return values


def read(path):
    with open(path, encoding='utf-8') as f:
        lines = [line.rstrip() for line in f]
    return block([(len(line) - len(line.lstrip()), line.lstrip()) for line in lines
                  if line and not line.lstrip().startswith('#')], 0)


TYPES = {'object': dict, 'array': list, 'string': str, 'integer': int, 'boolean': bool}
KNOWN = {'$ref', 'type', 'enum', 'required', 'properties', 'items', 'minimum', 'maximum', 'maxLength',
         'pattern', 'format', 'default', 'description'}


def resolve(doc, node):
    """What a $ref leads to, under what stands beside it."""
    while '$ref' in node:
        target = doc
        for step in node['$ref'].split('/')[1:]:
            target = target[step]
        own = {k: v for k, v in node.items() if k != '$ref'}
        if isinstance(target.get('required', []), list):  # a schema's; a parameter's is yes or no
            own['required'] = target.get('required', []) + own.get('required', [])
        node = {**target, **own}
    return node


def find(doc, method, path):
    """A call's description, and the names of its parameters behind the '?'."""
    (item,) = (item for form, item in doc['paths'].items()
               if re.fullmatch(re.sub(r'{\w+}', '[^/]+', form), path))
    call = item[method.lower()]
    known = [resolve(doc, p) for p in call.get('parameters', [])]
    return call, {p['name'] for p in known if p['in'] == 'query'}


def check(doc, schema, value, where='answer'):
    """Fails when the value is not what the schema says, or has a field that it does not name."""
    schema = resolve(doc, schema)
    assert set(schema) <= KNOWN, set(schema) - KNOWN
    if 'enum' in schema:
        assert value in schema['enum'], (where, value)
    if 'type' in schema:
        assert type(value) is TYPES[schema['type']], (where, value)
    if isinstance(value, dict) and 'properties' in schema:
        assert set(value) <= set(schema['properties']), (where, value)
        for name, one in value.items():
            check(doc, schema['properties'][name], one, f'{where}.{name}')
    if isinstance(value, dict):
        assert set(schema.get('required', [])) <= set(value), (where, value)
    if isinstance(value, list):
        for one in value:
            check(doc, schema['items'], one, f'{where}[]')
    assert value >= schema['minimum'] if 'minimum' in schema else True, (where, value)
    assert value <= schema['maximum'] if 'maximum' in schema else True, (where, value)
    assert len(value) <= schema['maxLength'] if 'maxLength' in schema else True, (where, value)
    assert re.search(schema['pattern'], value) if 'pattern' in schema else True, (where, value)


def ask(doc, socket_path, method, path, body=None, kind='application/json'):
    """Calls a daemon, and holds what it answers to the document: status and text."""
    with contextlib.closing(Connection(socket_path)) as connection:
        connection.request(method, path, body, {'Content-Type': kind} if body else {})
        answer = connection.getresponse()
        text = answer.read().decode()
    call, _ = find(doc, method, path.split('?')[0])
    content = resolve(doc, call['responses'].get(str(answer.status), call['responses']['default']))
    if answer.headers['Content-Type'] == 'application/json':
        check(doc, content['content']['application/json']['schema'], json.loads(text))
    return answer.status, text
