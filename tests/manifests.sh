#!/usr/bin/env bash
# The files of examples/deploy as the tools that they are for read them: the published schemas of Kubernetes, a parser of
# HCL, Ansible; and the policy file by its schema, as an editor does. Usage: manifests.sh BINARY FOLDER
set -Eeuo pipefail
export LC_ALL=C.UTF-8
[ $# = 2 ] || { sed -n '2,3s/^# \{0,1\}//p' "$0" >&2; exit 3; }
binary=$(realpath "$1")
mkdir -p "$2"
folder=$(cd "$2" && pwd)
cd "$(dirname "$0")/../examples/deploy"
trap 'echo "$0: line $LINENO: $BASH_COMMAND" >&2' ERR

if [ ! -e "$folder/tools.done" ]; then
    npm install --silent --no-fund --no-audit --prefix "$folder/node" @taplo/cli@0.7.0 &
    python3 -m venv "$folder/python"
    "$folder/python/bin/pip" install --quiet --disable-pip-version-check 'kubernetes-validate==1.37.*' 'python-hcl2==8.1.*' 'ansible-core>=2.15'
    wait $!
    touch "$folder/tools.done"
fi
python=$folder/python/bin

# Each reader has to refuse what is wrong: else it would not have read.
refuses() { ! "$@" >"$folder/refused" 2>&1 || { echo "not refused: $*"; return 1; }; }

for manifest in kubernetes-*.yaml; do
    "$python/kubernetes-validate" --strict --quiet --no-warn "$manifest"
    sed 's/^\( *\)concurrencyPolicy:/\1concurencyPolicy:/' "$manifest" >"$folder/wrong.yaml"
    refuses "$python/kubernetes-validate" --strict "$folder/wrong.yaml"
done

"$python/ansible-playbook" -i certnotify, --syntax-check ansible-playbook.yml >/dev/null 2>&1 ||
    "$python/ansible-playbook" -i certnotify, --syntax-check ansible-playbook.yml
sed 's/ansible.builtin.apt:/ansible.builtin.aptitude:/' roles/certnotify/tasks/main.yml >"$folder/wrong.yml"
printf -- '- hosts: all\n  tasks:\n    - ansible.builtin.include_tasks: wrong.yml\n    - ansible.builtin.import_tasks: wrong.yml\n' >"$folder/wrong-playbook.yml"
refuses "$python/ansible-playbook" -i certnotify, --syntax-check "$folder/wrong-playbook.yml"

# What the program is given in each: it knows every option.
"$python/python" - "$binary" <<'PYTHON'
import shlex
import subprocess
import sys

import hcl2
import yaml

typed = []
job = hcl2.loads(open("certnotify.nomad.hcl").read())


def find(value, key):
    if isinstance(value, dict):
        for name, below in value.items():
            if name == key:
                yield below
            yield from find(below, key)
    elif isinstance(value, list):
        for below in value:
            yield from find(below, key)


def plain(value):
    return value.strip('"') if isinstance(value, str) else value


assert [plain(kind) for kind in find(job, "type")][:1] == ["batch"], job
assert list(find(job, "prohibit_overlap")) == [True], job
typed += [[plain(word) for word in words] for words in find(job, "args")]
for manifest in ["kubernetes-cronjob.yaml", "kubernetes-indexed-job.yaml"]:
    for document in yaml.safe_load_all(open(manifest)):
        for containers in find(document, "containers"):
            for container in containers:
                words = container.get("args") or container["command"]
                if words[0].endswith("sh"):
                    script = words[-1].replace("\\\n", " ")
                    words = next(shlex.split(line) for line in script.splitlines() if "certnotify" in line)
                    words = words[words.index("certnotify") + 1 :]
                typed.append([word.replace("$nth/$SHARDS", "1/3") for word in words if word != "certnotify"])
assert len(typed) == 3, typed
for words in typed:
    command = next(word for word in words if word == "run")
    subprocess.run([sys.argv[1], *words, "--help"], check=True, stdout=subprocess.DEVNULL)
PYTHON

cd ../..
taplo() { "$folder/node/node_modules/.bin/taplo" check --schema "file://$PWD/examples/policies.schema.json" "$@"; }
taplo policies.example.toml examples/policies/*.toml 2>"$folder/taplo.log" || { cat "$folder/taplo.log"; exit 1; }
sed 's/^\[\[certificates\]\]$/[[certificates]]\nowner = 7/' policies.example.toml >"$folder/wrong.toml"
refuses taplo "$folder/wrong.toml"
echo 'the manifests hold'
