// What nearly every test of the pipelines reads (cmake/AbleBuildTime.cmake).
#pragma once

#include "torch.hpp" // first: Catch redefines the CHECK of what libtorch includes

#include "tests.hpp"
