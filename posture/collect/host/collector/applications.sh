# Of the section software, first: web applications that tell their version in a file, as data. A line: the product; under
# which name advisories speak of it (OSV's ecosystem and name); whole when it brings the libraries it uses along, composed
# when Composer installs them; sure when that file's place alone names the product, else maybe; how many steps up from the
# file its folder is (0: the file is all there is); the file; a word that stands in it, or with ! must not (. for any character, - for none);
# the extended regular expression for the line with the version, where %V stands for the version.

applications=$(sed 's/%V/([0-9][0-9A-Za-z.+-]*)/' <<'TABLE'
wordpress Bitnami:wordpress whole sure 2 wp-includes/version.php - ^\$wp_version *= *'%V'
nextcloud Bitnami:nextcloud whole maybe 1 version.php vendor.*'nextcloud' ^\$OC_VersionString *= *'%V'
owncloud Packagist:owncloud/core whole maybe 1 version.php !vendor.*'nextcloud' ^\$OC_VersionString *= *'%V'
moodle Bitnami:moodle whole maybe 1 version.php \$maturity ^\$release *= *'%V
drupal Bitnami:drupal composed sure 3 core/lib/Drupal.php - ^ *const VERSION *= *'%V'
drupal Bitnami:drupal whole maybe 2 includes/bootstrap.inc Drupal ^define\('VERSION', *'%V'
joomla Bitnami:joomla whole sure 4 administrator/manifests/files/joomla.xml - ^[[:blank:]]*<version>%V</version>
typo3 Packagist:typo3/cms-core composed sure 6 typo3/sysext/core/Classes/Information/Typo3Version.php - ^ *[a-z ]*const VERSION *= *'%V'
typo3 Packagist:typo3/cms-core composed sure 6 vendor/typo3/cms-core/Classes/Information/Typo3Version.php - ^ *[a-z ]*const VERSION *= *'%V'
mediawiki Packagist:mediawiki/core whole maybe 2 includes/Defines.php MW_VERSION ^define\( *'MW_VERSION', *'%V'
mediawiki Packagist:mediawiki/core whole maybe 2 includes/DefaultSettings.php wgVersion ^\$wgVersion *= *'%V'
phpmyadmin Bitnami:phpmyadmin whole maybe 3 libraries/classes/Version.php VERSION_SUFFIX ^ *[a-z ]*const VERSION *= *'%V' \. VERSION_SUFFIX
phpmyadmin Bitnami:phpmyadmin whole maybe 2 src/Version.php VERSION_SUFFIX ^ *[a-z ]*const VERSION *= *'%V' \. VERSION_SUFFIX
phpmyadmin Bitnami:phpmyadmin whole maybe 3 libraries/classes/Config.php PMA_VERSION ^ *.this->set\('PMA_VERSION', *'%V'
phpmyadmin Bitnami:phpmyadmin whole maybe 2 libraries/Config.php PMA_VERSION ^ *.this->set\('PMA_VERSION', *'%V'
phpmyadmin Bitnami:phpmyadmin whole maybe 2 libraries/Config.class.php PMA_VERSION ^ *.this->set\('PMA_VERSION', *'%V'
roundcube Packagist:roundcube/roundcubemail whole sure 3 program/include/iniset.php RCMAIL_VERSION ^ *define\('RCMAIL_VERSION', *'%V'
matomo Packagist:matomo/matomo whole maybe 2 core/Version.php namespace.Piwik ^ *[a-z ]*const VERSION *= *'%V'
prestashop Packagist:prestashop/prestashop whole maybe 2 app/AppKernel.php PrestaShop ^ *[a-z ]*const VERSION *= *'%V'
prestashop Packagist:prestashop/prestashop whole maybe 3 src/Core/Version.php PrestaShop ^ *[a-z ]*const VERSION *= *'%V'
magento Bitnami:magento composed sure 4 vendor/magento/magento2-base/composer.json - ^ *"version": *"%V"
phpbb Packagist:phpbb/phpbb whole maybe 2 includes/constants.php PHPBB_VERSION ^@*define\('PHPBB_VERSION', *'%V'
dolibarr Packagist:dolibarr/dolibarr whole maybe 1 filefunc.inc.php DOL_VERSION ^.*define\('DOL_VERSION', *'%V'
adminer Packagist:vrana/adminer whole maybe 0 adminer*.php Adminer ^[ *]*@version %V
grafana Bitnami:grafana whole maybe 1 grafana*/VERSION - ^v?%V$
TABLE
)
