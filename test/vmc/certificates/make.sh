#!/bin/sh
# Makes the certificates of the tests anew. All but the expired one are good from 2020 to 2120; nothing outside the tests trusts them.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

openssl ecparam -name prime256v1 -genkey -noout -out key.pem
: > "$work/index"
echo 'unique_subject = no' > "$work/index.attr"
cat > "$work/ca.conf" <<CONF
[ca]
default_ca = tests
[tests]
new_certs_dir = $work
database = $work/index
rand_serial = yes
default_md = sha256
policy = any
default_startdate = 20200101000000Z
default_enddate = 21200101000000Z
[any]
commonName = supplied
[authority]
basicConstraints = critical, CA:TRUE
[leaf]
subjectAltName = DNS:api.test, DNS:csp.test, DNS:localhost, IP:127.0.0.1
CONF
sign() {
  name=$1
  shift
  openssl req -new -key key.pem -subj "/CN=vmc-cancel tests: $name" -out "$work/request.pem"
  openssl ca -batch -notext -config "$work/ca.conf" -keyfile key.pem -in "$work/request.pem" -out "$name.pem" "$@"
}
sign authority -selfsign -extensions authority
sign good -cert authority.pem -extensions leaf
sign expired -cert authority.pem -extensions leaf -enddate 20200102000000Z
sign selfSigned -selfsign -extensions leaf
