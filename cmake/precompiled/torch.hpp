// What nearly every file of the pipelines reads, compiled once for all of them (cmake/AbleBuildTime.cmake).
#pragma once

#include <ATen/ATen.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>
