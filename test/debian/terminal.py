"""Runs a program on a pseudo-terminal, as a person has it, and prints what it wrote.

One argument, JSON: {"argv": [...], "columns": 100, "rows": 24, "steps": [{"after": REGEX, "keys": TEXT}]}. Each step
types its keys once its pattern is in the output since the last one. The exit code is the program's; 124 if it did not
end, or a pattern did not come, within 60 seconds.
"""

import fcntl, json, os, pty, re, select, struct, sys, termios, time

spec = json.loads(sys.argv[1])
child, terminal = pty.fork()
if child == 0:
    # The size is set before the program starts, so that it never sees another.
    size = struct.pack("HHHH", spec.get("rows", 24), spec.get("columns", 100), 0, 0)
    fcntl.ioctl(0, termios.TIOCSWINSZ, size)
    os.execvp(spec["argv"][0], spec["argv"])

steps = list(spec.get("steps", []))
output = seen = b""
deadline = time.monotonic() + 60
while time.monotonic() < deadline:
    if select.select([terminal], [], [], 0.2)[0]:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # EIO: the last program on the terminal has ended
            piece = b""
        if not piece:
            break
        output += piece
        seen += piece
    if steps and re.search(steps[0]["after"].encode(), seen):
        os.write(terminal, steps.pop(0)["keys"].encode())
        seen = b""
else:
    os.kill(child, 9)
    os.waitpid(child, 0)
    sys.stdout.buffer.write(output)
    sys.exit(124)
_, status = os.waitpid(child, 0)
sys.stdout.buffer.write(output)
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(status) if not steps else 124)
