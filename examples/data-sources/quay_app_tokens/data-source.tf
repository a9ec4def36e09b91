resource "quay_app_token" "app_tokens_data" {
  title = "laptop"
}

data "quay_app_tokens" "example" {
  depends_on = [quay_app_token.app_tokens_data]
}

output "tokens_never_used" {
  value = [for token in data.quay_app_tokens.example.tokens : token.title if token.last_accessed == null]
}
