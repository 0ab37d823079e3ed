"""Where each kind of secret is replaced: the vendor's page or the command, in a phrase that follows "Replace it"."""

from __future__ import annotations

_WHERE = {
    "aws-access-key-id": "in AWS: IAM, Users, Security credentials: make a second access key, delete the old",
    "aws-secret-access-key": "in AWS: IAM, Users, Security credentials: make a second access key, delete the old",
    "github-token": "on GitHub: Settings, Developer settings, Personal access tokens (of an app: its own settings)",
    "github-fine-grained-token": "on GitHub: Settings, Developer settings, Personal access tokens, Fine-grained tokens",
    "npm-token": "with npm token revoke and npm token create, or on the registry's page Access Tokens",
    "gitlab-token": "in GitLab: Access tokens of the user, project or group (runners: register them anew)",
    "slack-token": "in Slack: api.slack.com/apps, OAuth & Permissions, Revoke Tokens",
    "slack-webhook": "in Slack: api.slack.com/apps, Incoming Webhooks: remove it and add a new one",
    "stripe-secret-key": "in Stripe's dashboard: Developers, API keys, Roll key",
    "stripe-webhook-secret": "in Stripe's dashboard: Developers, Webhooks, Roll secret",
    "google-api-key": "in Google Cloud: Credentials: regenerate it, and restrict it to addresses and services",
    "google-oauth-secret": "in Google Cloud: Credentials: add a new secret to the client, delete the old one",
    "google-service-account": "in Google Cloud: IAM & Admin, Service Accounts, Keys: add a key, delete the old one",
    "azure-storage-key": "in Azure: the storage account, Access keys, Rotate key",
    "azure-shared-access-key": "in Azure: the namespace, Shared access policies, Regenerate keys",
    "entra-client-secret": "in Entra: App registrations, Certificates & secrets",
    "digitalocean-token": "in DigitalOcean: API, Tokens: delete it, generate one with the least scopes",
    "hetzner-token": "in Hetzner's console: the project, Security, API tokens",
    "ovh-key": "in OVHcloud's API console: delete the credential, create a new one with few rights",
    "linode-token": "in Linode's cloud manager: API Tokens",
    "vultr-key": "in Vultr: Account, API: regenerate it, and allow only your servers' addresses",
    "scaleway-key": "in Scaleway's console: IAM, API keys",
    "cloudflare-token": "in Cloudflare: My Profile, API Tokens, Roll",
    "cloudflare-global-key": "in Cloudflare: My Profile, Global API Key, Change; then use a scoped token instead",
    "sendgrid-key": "in SendGrid: Settings, API Keys",
    "mailgun-key": "in Mailgun: API Security",
    "twilio-key": "in Twilio's console: API keys & tokens",
    "pypi-token": "on the package index: Account settings, API tokens; make one for one project only",
    "docker-hub-token": "on Docker Hub: Account settings, Personal access tokens",
    "docker-auth": "at the registry that the file names; then docker logout, and a credential helper",
    "vault-token": "with vault token revoke",
    "telegram-bot-token": "with /revoke at @BotFather",
    "discord-webhook": "in Discord: the channel's Integrations: delete the webhook",
    "discord-bot-token": "in Discord's developer portal: Bot, Reset Token",
    "openai-key": "on the provider's page API keys",
    "anthropic-key": "in the console: API keys",
    "database-password": "in the database (ALTER USER, with a new password), then in the application",
    "application-key": "with the application's own command (Laravel: php artisan key:generate); sessions end",
    "private-key": "by making a new key pair and removing the old public key wherever it is accepted",
    "password-hash": "by giving the accounts new passwords",
    "json-web-token": "where it was issued; where it cannot be revoked, replace the key that signs",
    "kubeconfig-credential": "in the cluster: delete the service account's token or the user's certificate",
    "wireguard-private-key": "with wg genkey; give the new public key to the other end",
}  # fmt: skip
ELSEWHERE = "where it was issued: make a new one, put it to use, then take the old one back"


def where_to_replace(rule: str) -> str:
    """How a secret of this kind is replaced."""
    return _WHERE.get(rule, ELSEWHERE)
