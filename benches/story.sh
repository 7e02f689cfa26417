#!/usr/bin/env bash
# One offline story of a local repository with the release binary: wall time, CPU time and peak memory as one JSON line.
# Usage: benches/story.sh REPOSITORY [path of saga]
set -euo pipefail
repository=$1
saga=${2:-target/release/saga}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 - "$saga" "$repository" "$folder" <<'PY'
import json, resource, subprocess, sys, time
saga, repository, folder = sys.argv[1:]
begun = time.time()
said = subprocess.run([saga, "--data-dir", folder + "/data", "story", repository, "--minutes", "5", "--json", "--out", folder + "/out"],
                      check=True, capture_output=True, text=True).stdout
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"test": "saga.story", "wall_s": round(time.time() - begun, 2), "cpu_s": round(used.ru_utime + used.ru_stime, 2),
                  "peak_rss_mib": used.ru_maxrss // 1024, "audio_s": json.loads(said)["duration_seconds"]}))
PY
