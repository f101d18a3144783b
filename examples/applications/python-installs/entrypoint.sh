set -e
for plugin in $PLUGINS; do
    pip install --quiet --no-index --no-build-isolation --root-user-action=ignore "$plugin"
done
apt-get check -qq
exec "$@"
