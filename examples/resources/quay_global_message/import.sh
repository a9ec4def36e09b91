# The id is that of the message: `terraform query` lists them.
terraform import quay_global_message.example ffac8628-555b-4721-8ae9-8b425379b057
