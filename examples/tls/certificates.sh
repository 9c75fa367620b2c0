#!/bin/sh
# Makes an authority if there is none yet, and signs a new certificate for the ports and one for ops.
set -eu
[ -f ca.key ] || openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=our-ca -keyout ca.key -out ca.pem
sign() {
    openssl req -x509 -CA ca.pem -CAkey ca.key -newkey rsa:2048 -nodes -days 90 -subj "/CN=$1" \
        -addext "subjectAltName=DNS:$1,IP:127.0.0.1" -addext basicConstraints=CA:FALSE -keyout "$3" -out "$2"
}
sign localhost cert.pem key.pem
sign ops ops.pem ops.key
