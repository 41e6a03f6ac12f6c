"""Answers a benchmark's questions about PyTorch, one thread.

Reads lines "<contender>|<times>" and answers each with the CPU and wall milliseconds of one run as JSON.
"""
import json, sys, time
import torch

torch.set_num_threads(1)
torch.manual_seed(0)


def serve(makers):
    """Serves contenders by name; each is made when it is first asked for."""
    made = {}
    vectors = torch.backends.cpu.get_cpu_capability() if hasattr(torch.backends, "cpu") else "unknown"
    print(json.dumps({"version": torch.__version__, "vectors": vectors, "contenders": list(makers)}), flush=True)
    for line in sys.stdin:
        name, times = line.rstrip("\n").rsplit("|", 1)
        if name not in made:
            made[name] = makers[name]()
        cpu, wall = time.process_time(), time.perf_counter()
        for _ in range(int(times)):
            made[name]()
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        print(json.dumps({"cpu": cpu / int(times) * 1e3, "wall": wall / int(times) * 1e3}), flush=True)
