import {
  to = quay_organization.acme
  id = "example-guide-renamed"
}

import {
  to = quay_repository.app
  id = "example-guide-renamed/app"
}

import {
  to = quay_robot.ci
  id = "example-guide-renamed+ci"
}

import {
  to = quay_repository_permission.ci
  id = "example-guide-renamed/app/robot/example-guide-renamed+ci"
}
