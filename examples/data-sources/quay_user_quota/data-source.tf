data "quay_current_user" "user_quota_data" {}

resource "quay_user_quota" "user_quota_data" {
  user  = data.quay_current_user.user_quota_data.username
  limit = "20 GiB"
}

data "quay_user_quota" "example" {
  depends_on = [quay_user_quota.user_quota_data]
}
