r"""What runs where the files are: one small `sh` script a round trip, on stdin, each answer framed.

A file is looked at before it is opened (a FIFO would wait for ever) and checked once more through the open
descriptor: what is read is the very file whose real path lies inside a root, whatever is renamed meanwhile.
Names and bytes travel as base64.
"""

from __future__ import annotations

__all__ = ["PRELUDE"]

PRELUDE = r"""
unalias -a 2>/dev/null
unset CDPATH GREP_OPTIONS
export LC_ALL=C TZ=UTC0
_nl='
'
limit() { shift; "$@"; }
if command -v timeout >/dev/null 2>&1; then limit() { timeout -k 1 "$@"; }; fi
refuse() { printf 'refused %s\n' "$1"; printf '%s' "$2" | base64; }
frame() {
  printf '\n%s begin %s\n' "$_s" "$1"
  "$1" </dev/null 2>/dev/null
  printf '\n%s stderr %s\n\n%s end %s %s\n' "$_s" "$1" "$_s" "$1" "$?"
}
absent() {
  _up=${1%/*}
  if [ -n "$_up" ] && [ -d "$_up" ] && [ ! -x "$_up" ]; then refuse unreadable 'its directory is closed to us'
  elif [ -L "$1" ]; then refuse missing "$(readlink -- "$1")"
  else refuse missing ''; fi
}
readable() {
  if [ -d "$1" ]; then refuse directory ''
  elif [ ! -e "$1" ]; then absent "$1"
  elif [ ! -f "$1" ]; then refuse special "a $(stat -L -c %F -- "$1")"
  elif [ ! -r "$1" ]; then refuse unreadable 'permission denied'
  else return 0; fi
  return 1
}
within() {
  # real path, real root, owner wanted
  case $2 in ''|/|//|/dev|/etc|/proc|/root|/run|/sys) return 1 ;; esac
  case $1 in "$2") _rest= ;; "$2"/*) _rest=/${1#"$2"/} ;; *) return 1 ;; esac
  while :; do
    case $_rest in */.*) ;; *) break ;; esac
    _rest=${_rest#*/.}
    case .${_rest%%/*} in @HIDDEN@) ;; *) _why=hidden; return 1 ;; esac
  done
  if [ -n "$3" ] && [ "$3" != "$_owner" ]; then _why=foreign; return 1; fi
}
resolved() {
  _root=$(cd -P -- "$2" 2>/dev/null && pwd -P && printf x) || return 1
  within "$1" "${_root%"$_nl"x}" "$3"
}
allowed() {
  _why=outside
  case $1 in
    /proc/*|/sys/*|/dev/*) ;;
    *)
      # a root that begins a path without links has none itself: they are resolved only where none begins it
      for _look in within resolved; do
@ROOTS@
      done
      ;;
  esac
  case $_why in outside) refuse outside "$1" ;; foreign) refuse foreign "$_owner" ;; *) refuse hidden '' ;; esac
  return 1
}
opened() {
  _real=$(readlink -n /proc/self/fd/3 && printf x)
  _real=${_real%x}
  _facts=$(stat -L -c '%f %i %s %Y %U' /proc/self/fd/3)
  read -r _mode _inode _size _mtime _owner <<EOF
$_facts
EOF
  case $_mode in 8???) ;; *) refuse special 'something that was put in its place'; return ;; esac
  allowed "$_real" && "$@"
}
on() {
  _path=$1 _was_opened=
  shift
  if readable "$_path"; then
    { _was_opened=1; opened "$@"; } 3<"$_path"
    [ -n "$_was_opened" ] || refuse unreadable 'it cannot be opened'
  fi
}
told() {
  # where the bytes begin, then what prints them
  printf 'file %s %s %s %s %s\n' "$_inode" "$_size" "$_mtime" "$1" "$_owner"
  shift
  { printf '%s\0' "$_real"; "$@"; } | base64
}
span() {
  # offset, bytes
  _many=$2
  if [ $(($1 + _many)) -gt "$_size" ]; then _many=$((_size - $1)); fi
  if [ "$_many" -le 0 ]; then return 0; fi
  if [ "$1" -eq 0 ]; then head -c "$_many" <&3; else tail -c +$(($1 + 1)) <&3 | head -c "$_many"; fi
}
last_lines() { span "$1" "$2" | tail -n "$3"; }
bytes_at() {
  # offset (negative: from the end), bytes, how many lines at the end of these (0: all)
  _at=$1
  if [ "$_at" -lt 0 ]; then _at=$((_size + _at)); fi
  if [ "$_at" -lt 0 ]; then _at=0; fi
  if [ "$3" -gt 0 ]; then told "$_at" last_lines "$_at" "$2" "$3"; else told "$_at" span "$_at" "$2"; fi
}
bytes_since() {
  # inode as it was, where to go on, how many bytes, how many of these are known, bytes of the end of another file
  if [ "$_inode" = "$1" ] && [ "$_size" -ge $(($2 + $4)) ]; then bytes_at "$2" "$3" 0
  else bytes_at "-$5" "$5" 0; fi
}
all_from() {
  # offset, bytes: as span, but a whole file goes to its reader without a pipe
  _from=$1 _many=$2
  shift 2
  if [ "$_from" -eq 0 ] && [ "$_many" -ge "$_size" ]; then "$@" <&3; else span "$_from" "$_many" | "$@"; fi
}
grepped() {
  # seconds, then words for grep
  _secs=$1
  shift
  (
    ulimit -v 524288
    limit "$_secs" grep -nba --line-buffered "$@" 2>&1
  )
  printf '\nstatus %s\n' "$?"
}
cut_lines() { all_from "$@" | cut -b 1-2048; }
hits() {
  # offset, bytes, seconds, then words for grep
  _at=$1 _most=$2
  shift 2
  told "$_at" cut_lines "$_at" "$_most" grepped "$@"
}
newlines() {
  # offset, bytes, seconds
  told "$1" all_from "$1" "$2" limit "$3" wc -l
}
before_line() {
  { { all_from 0 "$_size" limit "$2" head -n "$1" || echo late >&4; } | wc -c; } 4>&1
}
line_start() {
  # how many lines are before it, seconds
  told 0 before_line "$@"
}
unzipped() {
  # seconds, bytes of the end
  {
    _st=$({
      {
        limit "$1" gzip -dc <&3
        printf '%s' "$?" >&5
      } | tail -c "$2" >&4
    } 5>&1)
  } 4>&1
  printf '\nstatus %s\n' "$_st"
}
unpacked() { told 0 unzipped "$@"; }
found() {
  # seconds, then words for find
  _secs=$1
  shift
  limit "$_secs" find "$_real" -mindepth 1 -maxdepth 1 "$@" -printf '%y%Y %s %T@\0%f\0%l\0'
  printf 'status %s\0' "$?"
}
found_within() {
  _most=$1
  shift
  found "$@" | head -c "$_most"
}
listed() {
  # directory, bytes, seconds, then words for find
  if [ ! -d "$1" ]; then
    if [ -e "$1" ]; then refuse special 'no directory'; else absent "$1"; fi
    return
  fi
  if [ ! -r "$1" ] || ! _real=$(cd -P -- "$1" && pwd -P && printf x); then
    refuse unreadable 'permission denied'
    return
  fi
  _real=${_real%"$_nl"x}
  _facts=$(stat -c '%i %s %Y %U' -- "$_real")
  read -r _inode _size _mtime _owner <<EOF
$_facts
EOF
  shift
  allowed "$_real" && told 0 found_within "$@"
}
"""
"""Functions of the script; `asking` fills in @ROOTS@ and @HIDDEN@. `on PATH verb words...` reads a file."""
