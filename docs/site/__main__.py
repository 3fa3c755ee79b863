import subprocess
import sys
from pathlib import Path

from docs.site.build import FOLDER, build

try:
    site = build(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
except subprocess.CalledProcessError as error:
    sys.exit(error.returncode)
print(f"The site stands in {site}: open {site / 'index.html'}")
