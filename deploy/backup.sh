#!/bin/sh
# One backup into a folder, and away with those that are too old. Exits with what `muster backup` says.
#   backup.sh FOLDER [DAYS]      DAYS to keep: 14
set -eu
umask 077

folder=$1
days=${2:-14}
file=$folder/muster-$(date -u +%Y%m%dT%H%M%SZ).backup

# Under another name first, so that a backup with its own name is always a whole one.
rm -f "$folder"/*.unfinished
muster backup "$file.unfinished"
mv "$file.unfinished" "$file"

# Only after a good one: whoever cannot make new backups keeps the old ones.
find "$folder" -maxdepth 1 -name 'muster-*.backup' -mtime "+$days" -delete
