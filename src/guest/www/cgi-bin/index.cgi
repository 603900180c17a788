#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The page of the guest web: its name, how long it has been running, its addresses.

name=$(hostname)
read -r seconds _ < /proc/uptime
seconds=${seconds%.*}
memory=$(awk '/^MemTotal/ { total = $2 } /^MemAvailable/ { free = $2 }
	END { printf "%d of %d MiB free", free / 1024, total / 1024 }' /proc/meminfo)

running()
{
	set -- $((seconds / 86400)) $((seconds / 3600 % 24)) $((seconds / 60 % 60)) \
		$((seconds % 60))
	[ "$1" -eq 0 ] || printf '%d d ' "$1"
	printf '%d h %d min %d s' "$2" "$3" "$4"
}

addresses()
{
	ip -o addr show scope global |
		awk '{ sub("/.*", "", $4); printf "%s<code>%s</code>", sep, $4; sep = "<br>" }'
}

# IPv4 visitors come as [::ffff:10.0.0.1].
visitor=${REMOTE_ADDR#"[::ffff:"}
visitor=${visitor%]}

printf 'Content-Type: text/html; charset=utf-8\r\nCache-Control: no-store\r\n\r\n'
cat <<EOF
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$name, a Gridnix guest</title>
<style>
body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 12vh auto; padding: 0 1rem;
  color: #222; background: #fafafa }
th { text-align: left; font-weight: normal; color: #666; padding-right: 2rem; vertical-align: top }
@media (prefers-color-scheme: dark) { body { color: #ddd; background: #181818 } th { color: #999 } }
</style>
</head>
<body>
<h1>$name</h1>
<p>This page comes from a Xen guest that serves it from memory.</p>
<table>
<tr><th scope="row">Name</th><td>$name</td></tr>
<tr><th scope="row">Running for</th><td>$(running)</td></tr>
<tr><th scope="row">Addresses</th><td>$(addresses)</td></tr>
<tr><th scope="row">Memory</th><td>$memory</td></tr>
<tr><th scope="row">Kernel</th><td>Linux $(uname -r)</td></tr>
<tr><th scope="row">You are</th><td><code>$visitor</code></td></tr>
</table>
</body>
</html>
EOF
